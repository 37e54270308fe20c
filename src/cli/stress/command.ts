/**
 * `shmol stress`: a subcommand for each structure.
 */
import type { Command } from "commander";
import { addArcStress } from "./arc/command.js";
import { addChannelStress } from "./channel/command.js";
import { addListenerStress } from "./listener/command.js";
import { addQueueStress } from "./queue/command.js";

export function addStress(program: Command): void {
  const stress = program
    .command("stress")
    .description("hammer a structure with real threads and verify everything that comes out");
  addQueueStress(stress);
  addListenerStress(stress);
  addArcStress(stress);
  addChannelStress(stress);
}
