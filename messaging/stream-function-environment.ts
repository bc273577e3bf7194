/** Name of the environment variable that the infrastructure sets for the stream function. */
export const MESSAGES_TABLE_NAME = "MESSAGES_TABLE_NAME";
