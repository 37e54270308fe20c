import { f64, i32, Receiver, Sender } from "shmol";

addEventListener("message", async ({ data }) => {
  const jobs = Receiver.open(data.jobs, i32);
  const results = Sender.open(data.results, f64);
  for await (const job of jobs) await results.send(job * job);
  jobs.drop();
  results.drop();
});
