/** Constants that the kernel build sets from outside; declared here for editors only. */

/** 0 release, 1 checked, 2 model. */
declare const BUILD: i32;
/** log2 of the positions of an unbounded queue's block: 6 for users. */
declare const LAP_BITS: i32;
