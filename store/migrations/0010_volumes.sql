-- +goose Up

-- Files that something was cut into are read together. What they have in common
-- is a hash of their numbers, sizes and times: when it is another, all of them
-- wait to be read anew.

ALTER TABLE items ADD COLUMN volumes BIGINT NOT NULL DEFAULT 0;
