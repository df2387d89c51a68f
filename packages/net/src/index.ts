export {
  type Announcement,
  type AnnouncementBody,
  AnnouncementFieldError,
  type AnnouncementRefusal,
  type AnnouncementResult,
  signAnnouncement,
  verifyAnnouncement,
} from './announcement.ts'
export {
  type Channel,
  ChannelBrokenError,
  ChannelClosedError,
  ChannelTimeoutError,
  type NextOptions,
} from './channel.ts'
export {
  type ConnectOptions,
  createDataPlane,
  type DataPlane,
  type DataPlaneOptions,
  NotAuthorisedError,
  PeerIdentityError,
} from './data-plane.ts'
export { MessageTooLargeError } from './frame.ts'
export type { GossipListener, GossipValidator } from './gossip.ts'
export { type Outgoing, onOutgoing } from './outgoing.ts'
export {
  createPeer,
  MultiaddrError,
  type Peer,
  type PeerOptions,
  type RequestHandler,
  type RequestOptions,
} from './peer.ts'
export {
  createPeerDirectory,
  type PeerDirectory,
  type PeerDirectoryOptions,
  PeersMissingError,
  type WaitOptions,
} from './peer-directory.ts'
export {
  ListenError,
  PeerAbortedError,
  PeerRefusedError,
  PeerTimeoutError,
  PeerUnreachableError,
  PortTakenError,
} from './peer-errors.ts'
export { addressOf, addressOfPeer, PeerKeyError, type PeerName, peerIdOf, publicKeyOf } from './peer-identity.ts'
export {
  type CertificateRefusal,
  type CertificateResult,
  createTlsCertificate,
  type TlsCertificate,
  type TlsCertificateOptions,
  verifyTlsCertificate,
} from './tls-certificate.ts'
