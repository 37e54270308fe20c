/**
 * What a mutant is: the kernel with one fault in it, which the checker must find, and by the check that is named; or the host's half of
 * the library with one fault in it, which the test that is named must find (host.mjs).
 *
 *   name       what is wrong
 *   file       the source that the fault is in
 *   patch      the fault, line by line: `- line` is removed, `+ line` is added, any other line stays and only says where.
 *              A blank line separates hunks. What a hunk removes and keeps must stand, line after line, in exactly one place
 *              of the source. Otherwise the mutant is out of date
 *   why        what it leads to; in equivalent.mjs, why it leads to nothing
 *   programs   the programs that are searched, in this order under each bound
 *   expect     the check that fails: "linearizability", "race", "deadlock", "livelock", "accounting", "double free",
 *              "double allocation", "use after free", "bounds" or "trap"; undefined: none does
 *
 * A mutant of the host has neither programs nor a check, but
 *
 *   test       the test that fails: its file, what it is in, and its name, with " > " between them
 *
 * Patches ignore indentation, blank lines, and lines that are comments. They also ignore statements of the checked build,
 * which are not in the model build.
 */

/** Makes the mutants of one source file. */
export function inFile(file) {
  return (mutant) => ({ file, ...mutant });
}

const IGNORED = [/^ *(if \(|const \w+ = )BUILD == 1\b.*;$/gm, /^ *\/\*[\s\S]*?\*\/ *$/gm, /^ *\/\/.*$/gm];

/** The source with the fault in it. Throws if a hunk changes nothing, or if its place is not there exactly once. */
export function applyTo(source, { name, patch }) {
  const lines = linesOf(IGNORED.reduce((text, pattern) => text.replace(pattern, ""), source));
  for (const hunk of patch.trim().split(/\n\s*\n/)) {
    const marked = linesOf(hunk).map((line) => /^(?:([-+]) )?(.*)$/.exec(line).slice(1));
    const before = marked.filter(([mark]) => mark !== "+").map(([, line]) => line.trim());
    const after = marked.filter(([mark]) => mark !== "-").map(([, line]) => line.trim());
    if (before.join("\n") === after.join("\n")) throw new Error(`the mutant ${name} changes nothing:\n${hunk}`);
    const places = [...lines.keys()].filter((at) => before.every((line, i) => lines[at + i] === line));
    if (before.length === 0 || places.length !== 1)
      throw new Error(`the mutant ${name} is out of date: its place is there ${places.length} times:\n${hunk}`);
    lines.splice(places[0], before.length, ...after);
  }
  return lines.join("\n");
}

/** Lines without their indentation; blank ones are left out. */
function linesOf(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
