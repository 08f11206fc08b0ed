-- +goose Up

-- What is told to people, and what became of it. Who gets what by which way lies
-- sealed: the way alone would tell of somebody that they are protected.

CREATE TABLE notices (
	case_id  TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	notice   TEXT   NOT NULL,
	version  BIGINT NOT NULL, -- of the notice, from 1
	state    TEXT   NOT NULL CHECK (state IN ('draft', 'frozen', 'approved')),
	halted   TEXT   NOT NULL, -- why nothing goes out; "" while it may
	wave     BIGINT NOT NULL, -- the last that was released
	revision BIGINT NOT NULL, -- counted up by every change
	data     BYTEA  NOT NULL, -- what was written and decided, and what was frozen
	PRIMARY KEY (case_id, notice, version)
);

-- One row for each notice, version, subject and reader, and never two.
CREATE TABLE dispatches (
	case_id TEXT   NOT NULL,
	notice  TEXT   NOT NULL,
	version BIGINT NOT NULL,
	seq     BIGINT NOT NULL, -- in the frozen order, from 1
	subject TEXT   NOT NULL,
	reader  TEXT   NOT NULL,
	ref     TEXT   NOT NULL, -- keyed: in Message-ID and ENVID
	wave    BIGINT NOT NULL, -- in which a machine hands it over; 0 for none
	state   TEXT   NOT NULL CHECK (state IN ('planned', 'released', 'handing', 'accepted', 'deferred', 'refused',
		'uncertain', 'delivered', 'bounced', 'counted', 'replaced', 'none')),
	attempt BIGINT NOT NULL,
	due     BIGINT NOT NULL, -- not before
	PRIMARY KEY (case_id, notice, version, seq),
	UNIQUE (case_id, notice, version, subject, reader),
	UNIQUE (case_id, ref),
	FOREIGN KEY (case_id, notice, version) REFERENCES notices (case_id, notice, version) ON DELETE CASCADE
);
CREATE INDEX dispatches_by_state ON dispatches (case_id, notice, version, state, wave, seq);

-- What each of them says: beside the states, which change, and it does not.
CREATE TABLE letters (
	case_id TEXT   NOT NULL,
	notice  TEXT   NOT NULL,
	version BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	data    BYTEA  NOT NULL, -- way, reason, address, every byte
	PRIMARY KEY (case_id, notice, version, seq),
	FOREIGN KEY (case_id, notice, version, seq) REFERENCES dispatches (case_id, notice, version, seq) ON DELETE CASCADE
);

-- Each step of each dispatch, in a chain of hashes. Rows are written and never
-- changed. Seq 0 is a step of all that are in its state and in the wave.
CREATE TABLE deliveries (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- in the case, from 1 without holes
	notice  TEXT   NOT NULL,
	version BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	wave    BIGINT NOT NULL,
	attempt BIGINT NOT NULL,
	was     TEXT   NOT NULL,
	becomes TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	who     TEXT   NOT NULL,
	data    BYTEA  NOT NULL, -- salt, and what was answered or decided; empty for nothing
	chain   BYTEA  NOT NULL,
	PRIMARY KEY (case_id, number),
	CHECK (was || '>' || becomes IN ('planned>released', 'planned>handing', 'planned>counted', 'released>planned', 'released>handing',
		'handing>accepted', 'handing>deferred', 'handing>refused', 'handing>uncertain', 'handing>released', 'deferred>handing',
		'deferred>refused', 'uncertain>accepted', 'uncertain>deferred', 'uncertain>counted', 'uncertain>replaced',
		'accepted>delivered', 'accepted>bounced'))
);

-- Commands by their key: the same key gets the same answer, and a wave is
-- released once, whatever the keys.
CREATE TABLE commands (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	id      TEXT   NOT NULL, -- the key
	notice  TEXT   NOT NULL,
	version BIGINT NOT NULL,
	wave    BIGINT NOT NULL,
	who     TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	outcome TEXT   NOT NULL, -- "released", or why not
	PRIMARY KEY (case_id, id)
);
CREATE UNIQUE INDEX commands_release_once ON commands (case_id, notice, version, wave) WHERE outcome = 'released';
