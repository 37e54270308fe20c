/** The program that `node --watch` runs. Its test changes the number. */
import { roundTrip } from "./channels.mjs";

const run = 1;
console.log(`run ${run}: ${(await roundTrip()).join(" ")}`);
