/** Polls have a queue of their own beside the task queue of a pipeline: whatever else waits there, they do not wait behind it. */
export const pollQueue = (taskQueue: string): string => `${taskQueue}-polls`;
