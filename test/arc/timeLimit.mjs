/** Shares with a time limit of some minutes, and has nothing else to do. */
import { Arc } from "shmol";

Arc.create(16).share({ opens: 1, timeoutMs: 300_000 });
