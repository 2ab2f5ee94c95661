import { serveMcpStdio } from "../src/mcp/index.ts";
import { world } from "./tools.ts";

const { tools } = world();
await serveMcpStdio(() => tools);
