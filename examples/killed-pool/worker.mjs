import { ConcurrentQueue } from "shmol";

/** A task: works until there is no more to do, or until it is killed. */
export default function work(tokens) {
  Atomics.store(tokens.isAtWork, 0, 1);
  const jobs = ConcurrentQueue.open(tokens.jobs);
  const results = ConcurrentQueue.open(tokens.results);
  while (!jobs.isFinished) {
    const job = jobs.pop();
    if (job !== undefined) results.push({ id: job.id, length: job.text.length });
  }
  jobs.drop();
  results.drop();
}
