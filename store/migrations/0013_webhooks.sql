-- +goose Up

-- Events of cases on their way to those who asked to be told: ids, times and words
-- of ours alone, as in the journal. Where to and the secrets lie sealed among the
-- offices, as "webhooks". Rows outlive their case: the last event is its closing.
CREATE TABLE webhook_messages (
	id      TEXT   NOT NULL PRIMARY KEY,
	hook    TEXT   NOT NULL,
	case_id TEXT   NOT NULL,
	event   TEXT   NOT NULL,
	object  TEXT   NOT NULL, -- what the act was on, as the journal names it
	topic   TEXT   NOT NULL, -- of what is told once
	at      BIGINT NOT NULL,
	state   TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
	tries   BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	status  BIGINT NOT NULL, -- what was answered last; 0 for nothing
	UNIQUE (hook, topic)
);
CREATE INDEX webhook_messages_by_state ON webhook_messages (state, next_at);
CREATE INDEX webhook_messages_by_time ON webhook_messages (at);
