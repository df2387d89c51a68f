/** A place in a plane; units and origin are said where it is used. */
export type Point = { readonly x: number; readonly y: number }
