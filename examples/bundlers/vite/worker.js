import { f64, i32, Receiver, Sender } from "shmol";

async function work(tokens) {
  const jobs = Receiver.open(tokens.jobs, i32);
  const results = Sender.open(tokens.results, f64);
  for await (const job of jobs) await results.send(job * job);
  jobs.drop();
  results.drop();
}

addEventListener("message", ({ data }) => void work(data));
