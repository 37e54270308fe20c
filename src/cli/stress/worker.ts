/** The entry of all workers of stress runs: works as what it was told to be. */
import { workerData } from "node:worker_threads";
import { LEFT, STATE } from "./board.js";
import { type Assignment, Seat } from "./seat.js";

const assignment = workerData as Assignment;
const { parts } = await import(`./${assignment.module}.worker.js`);
const seat = new Seat(assignment);
await parts[assignment.part](seat);
seat.board.set(seat.number, STATE, LEFT);
