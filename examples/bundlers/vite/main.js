// A page has its worker square numbers. Nothing here blocks: a page's own thread may not.
import { channel, f64, i32 } from "shmol";

const jobs = channel(i32, { capacity: 16 });
const results = channel(f64, { capacity: 16 });

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.postMessage({ jobs: jobs.receiver.share({ opens: 1 }), results: results.sender.share({ opens: 1 }) });
jobs.receiver.drop();
results.sender.drop();

async function sendAll() {
  for (let i = 0; i < 1000; i++) await jobs.sender.send(i);
  jobs.sender.drop();
}
const sending = sendAll();

let sum = 0;
for await (const square of results.receiver) sum += square;
await sending;
document.querySelector("output").value = sum; // 332833500
