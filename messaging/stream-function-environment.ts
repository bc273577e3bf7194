/** Environment variables of the stream function: set by the infrastructure, read by the function. */
export const MESSAGES_TABLE_NAME = "MESSAGES_TABLE_NAME";
