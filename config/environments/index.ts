export { dev } from "./dev.ts";
export { prod } from "./prod.ts";
