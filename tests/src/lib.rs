//! What end-to-end tests run against, in the words of the people who use the product.
