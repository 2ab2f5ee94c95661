export const STRIPE_API_ORIGIN = "https://api.stripe.com";
export const STRIPE_MARKETPLACE_ORIGIN = "https://marketplace.stripe.com";

/** The API, the page where apps are installed, and the older one of Connect. */
export const STRIPE_ORIGINS = [STRIPE_API_ORIGIN, STRIPE_MARKETPLACE_ORIGIN, "https://connect.stripe.com"];
