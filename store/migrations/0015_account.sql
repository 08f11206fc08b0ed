-- +goose Up

-- What was counted of the evidence is kept in memory as long as nothing of it
-- changes: counted up by every act that writes items, contents or members.

ALTER TABLE cases ADD COLUMN account BIGINT NOT NULL DEFAULT 0;
