export const API_ORIGIN = "https://api.hubapi.com";
export const APP_ORIGIN = "https://app.hubspot.com";

/** The API by both its names, and the app. */
export const HUBSPOT_ORIGINS = [API_ORIGIN, "https://api.hubspot.com", APP_ORIGIN];
