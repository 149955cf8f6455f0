/** Two packages without types of their own. */
declare module 'snappyjs' {
  /** Throws if the input is no snappy, or says that it unpacks to more than `maxLength` bytes. */
  export function uncompress(packed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(plain: Uint8Array): Uint8Array;
}
declare module 'lz4js' {
  const lz4: {
    /** The most that a frame can unpack to, in bytes. */
    decompressBound(frame: Uint8Array): number;
    /** Writes into `target`; returns how many bytes. */
    decompressFrame(frame: Uint8Array, target: Uint8Array): number;
    compress(plain: Uint8Array): Uint8Array;
  };
  export default lz4;
}
