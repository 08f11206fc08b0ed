-- +goose Up

-- What is kept of an item's text to find others like it; null for one of few
-- words, or none.
ALTER TABLE members ADD COLUMN print BYTEA;
