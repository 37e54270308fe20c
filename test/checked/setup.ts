/** Runs before each test file of the project "checked": from here on heaps are checked ones. */
import { leaksAtExit } from "shmol/checked";

// What a scenario must give back, it counts itself; heaps that it drops with all that is in them are no leaks to report.
leaksAtExit("ignore");

// Programs that tests start, such as the command line, create checked heaps, too. Worker threads do so anyway.
process.env.NODE_OPTIONS = `--import=${new URL("../../dist/checked.js", import.meta.url).href}`;
