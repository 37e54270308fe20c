/**
 * Makes the API reference, build/api/index.html, of the doc comments. Every warning of typedoc is an error (typedoc.json):
 * what is not documented, not exported and yet in a signature, or linked and not there. And whoever looks a symbol up finds
 * an example: its doc comment has one, or links to what has one.
 *
 *   node tools/docs.mjs
 */
import { Application, ReflectionKind, TSConfigReader, TypeDocReader } from "typedoc";

/** Links from one symbol to the next, until there is an example. */
const MOST_STEPS = 3;

const app = await Application.bootstrap({}, [new TypeDocReader(), new TSConfigReader()]);
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);

const symbols = project.children
  .flatMap((module) => module.children)
  .filter((one) => !one.kindOf(ReflectionKind.Reference));
const lacking = symbols.filter((symbol) => !leadsToExample(symbol, MOST_STEPS));
for (const symbol of lacking) app.logger.error(`${symbol.getFriendlyFullName()} has no example, and links to none`);

if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
const names = new Set(symbols.map(({ name }) => name));
console.log(`build/api/index.html: ${names.size} exported symbols, each with an example or a link to one; no warnings`);

/** The doc comments that say what a symbol is. That of a function stands with its signature, a member is shown with its class. */
function commentsOf(reflection) {
  const owner = reflection.parent?.kindOf(ReflectionKind.ClassOrInterface) ? reflection.parent : undefined;
  return [reflection, ...(reflection.signatures ?? []), reflection.getSignature, owner]
    .map((one) => one?.comment)
    .filter((comment) => comment !== undefined);
}

function leadsToExample(reflection, steps) {
  if (steps < 0) return false;
  return commentsOf(reflection).some(
    (comment) =>
      comment.getTags("@example").length > 0 || linksOf(comment).some((target) => leadsToExample(target, steps - 1)),
  );
}

/** What a comment links to. */
function linksOf({ summary, blockTags }) {
  const parts = [...summary, ...blockTags.flatMap(({ content }) => content)];
  return parts.map(({ target }) => target).filter((target) => typeof target === "object" && "kind" in target);
}
