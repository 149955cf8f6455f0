CREATE TABLE sagas (
    booking_id UUID NOT NULL,
    version INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    saga_id TEXT NOT NULL,
    name TEXT NOT NULL,
    saga_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    state JSONB NOT NULL,
    correlation_id TEXT NOT NULL,
    last_command JSONB NOT NULL,
    cancel_request JSONB,
    deadline_at TIMESTAMPTZ(3),
    alarm_at TIMESTAMPTZ(3),
    earlier JSONB NOT NULL,
    started_at TIMESTAMPTZ(3) NOT NULL,
    updated_at TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT sagas_pkey PRIMARY KEY (booking_id)
) WITH (fillfactor = 50);

CREATE TABLE deadlines (
    booking_id UUID NOT NULL,
    partition INTEGER NOT NULL,
    due_at TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT deadlines_pkey PRIMARY KEY (booking_id)
);

CREATE INDEX sagas_status_idx ON sagas(status);

CREATE INDEX deadlines_due_at_idx ON deadlines(due_at);

-- Nobody searches by these, and autovacuum would sort whole documents to count their values (measured: a third of the database's CPU).
ALTER TABLE sagas ALTER COLUMN state SET STATISTICS 0, ALTER COLUMN last_command SET STATISTICS 0, ALTER COLUMN cancel_request SET STATISTICS 0, ALTER COLUMN earlier SET STATISTICS 0;
-- Who did what to a saga by hand, and what came of it. Rows are only added.
CREATE TABLE operator_actions (
    id UUID NOT NULL,
    booking_id UUID NOT NULL,
    at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    text TEXT,
    outcome TEXT NOT NULL,

    CONSTRAINT operator_actions_pkey PRIMARY KEY (id)
);

CREATE INDEX operator_actions_booking_id_at_idx ON operator_actions(booking_id, at);
