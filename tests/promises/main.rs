//! What the product promises, proved through real HTTP, real Redis, the AWS stand-in and the Slack stand-in.
