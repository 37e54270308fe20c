/**
 * What a mutant is: the kernel with one fault in it, which the checker must find, and by the check that is named.
 *
 *   name       what is wrong
 *   file       the source that the fault is in
 *   edits      [text, other text] pairs; each text stands there exactly once, or the mutant is out of date. Statements of
 *              the checked build, which the model build has not, are not in that text
 *   why        what it leads to; in equivalent.mjs, why it leads to nothing
 *   programs   the programs that are searched, in this order under each bound
 *   expect     the check that fails: "linearizability", "race", "deadlock", "livelock", "accounting", "double free",
 *              "double allocation", "use after free", "bounds" or "trap"; undefined: none does
 */

/** Makes the mutants of one source file. */
export function inFile(file) {
  return (mutant) => ({ file, ...mutant });
}

const CHECKED_STATEMENT = /^ *(if \(|const \w+ = )BUILD == 1\b.*;\n/gm;

/** The source with the fault in it. */
export function applyTo(text, { name, edits }) {
  let out = text.replace(CHECKED_STATEMENT, "");
  for (const [find, replacement] of edits) {
    const count = out.split(find).length - 1;
    if (count !== 1) throw new Error(`the mutant ${name} is out of date: its text is there ${count} times: ${find}`);
    out = out.replace(find, () => replacement);
  }
  return out;
}
