/** One memory, seen as elements of every size. Indices are byte offsets divided by the element's size. */
export interface Views<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly u8: Uint8Array<B>;
  readonly i32: Int32Array<B>;
  readonly u32: Uint32Array<B>;
  readonly f32: Float32Array<B>;
  readonly f64: Float64Array<B>;
  readonly i64: BigInt64Array<B>;
  readonly u64: BigUint64Array<B>;
}

/** Views of a whole buffer, whose length is a multiple of 8. */
export function viewsOf<B extends ArrayBufferLike>(buffer: B): Views<B> {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
    u64: new BigUint64Array(buffer),
  };
}
