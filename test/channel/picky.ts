/** Numbers from 0 to 255, of which 13 cannot be decoded. */
export const picky = {
  name: "picky",
  encode: (value: number) => Uint8Array.of(value),
  decode: ([value]: Uint8Array): number => {
    if (value === 13) throw new Error("not thirteen");
    return value as number;
  },
};
