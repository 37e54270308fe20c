/** Runs before each test file of the project "checked": from here on heaps are checked ones. */
import { setTimeout as sleep } from "node:timers/promises";
import { leaksAtExit } from "shmol/checked";
import { afterAll } from "vitest";
import { collect } from "../garbage.mjs";

// What a scenario must give back, it counts itself; heaps that it drops with all that is in them are no leaks to report.
leaksAtExit("ignore");

// Programs that tests start, such as the command line, create checked heaps, too. Worker threads do so anyway.
process.env.NODE_OPTIONS = `--import=${new URL("../../dist/checked.js", import.meta.url).href}`;

// A handle that a test forgets gives its count back when it is collected, and what that meets may be refused: then each
// run says so, at the end of the file that forgot it, and not one run in fifty.
afterAll(async () => {
  for (let round = 0; round < 3; round++) {
    collect();
    await sleep(1);
  }
});
