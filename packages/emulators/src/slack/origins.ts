export const SLACK_ORIGIN = "https://slack.com";

export const SLACK_ORIGINS = [SLACK_ORIGIN, "https://www.slack.com", "https://hooks.slack.com"];
