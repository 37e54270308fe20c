import { suite } from "./suite.mjs";

suite(2);
