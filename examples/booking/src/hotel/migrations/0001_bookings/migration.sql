CREATE TABLE bookings (
    booking_id UUID PRIMARY KEY,
    version INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    answers JSONB NOT NULL,
    status TEXT NOT NULL,
    room TEXT NOT NULL,
    updated_at TIMESTAMPTZ(3) NOT NULL
);
