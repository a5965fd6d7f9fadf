/** Names of functions whose result depends on the time. */
export const clockFunctions: ReadonlySet<string> = new Set([
  "timeAgo",
  "timeSince",
  "timeUntil",
  "isExpired",
  "nextCron",
  "timeInWindow",
  "timeNotInWindow",
  "weekday",
  "weekend",
  "cronJobNextScheduleTime",
]);
