/** What a host runs in a prover's worker and in its threads. */
export { createGroth16, type PartThread } from './groth16.ts'
export { createPartServer, type PartReply, type PartRequest } from './part-thread.ts'
export { serveOrders } from './serve-orders.ts'
