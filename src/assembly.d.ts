/** Constants that the kernel build sets from outside; declared here for editors only. */

/** 0 release, 1 checked, 2 model. */
declare const BUILD: i32;
