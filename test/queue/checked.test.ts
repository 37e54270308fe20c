/** All of the queue once more, on the kernel that looks at every address before it follows it. */
import "shmol/checked";
import { checkedHeap } from "../heaps.js";
import { unbounded } from "./flavours.js";
import { queueSuite } from "./suite.js";

queueSuite(unbounded, checkedHeap);
