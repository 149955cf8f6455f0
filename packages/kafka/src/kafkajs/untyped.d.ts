/** Two packages without types of their own. */
declare module 'snappyjs' {
  /** Throws if the input is no snappy, or says that it unpacks to more than `maxLength` bytes. */
  export function uncompress(packed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(plain: Uint8Array): Uint8Array;
}
declare module 'lz4js' {
  const lz4: {
    compress(plain: Uint8Array): Uint8Array;
  };
  export default lz4;
}
