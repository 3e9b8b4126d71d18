package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrations make the tables of version 1, 2, ... out of those of the version
// before. One that was released is never changed.
var migrations = [][]string{
	{
		`CREATE TABLE taper_status_lists (
			id BIGINT PRIMARY KEY,
			url TEXT NOT NULL UNIQUE,
			pool TEXT NOT NULL,
			number BIGINT NOT NULL,
			purpose TEXT NOT NULL,
			format TEXT NOT NULL,
			size BIGINT NOT NULL,
			entries BIGINT NOT NULL,
			room BIGINT NOT NULL,
			block BIGINT NOT NULL CHECK (block > 0),
			final BIGINT NOT NULL,
			perm_key TEXT NOT NULL,
			ends BIGINT NOT NULL,
			next_number BIGINT NOT NULL,
			version BIGINT NOT NULL,
			pub_version BIGINT NOT NULL,
			pub_from BIGINT NOT NULL,
			retired BIGINT NOT NULL,
			signed TEXT NOT NULL,
			UNIQUE (pool, number))`,
		`CREATE TABLE taper_status_entries (
			list BIGINT NOT NULL REFERENCES taper_status_lists (id),
			idx BIGINT NOT NULL,
			value BIGINT NOT NULL,
			PRIMARY KEY (list, idx))`,
	},
}

// migrate brings the tables to this version. Several processes may do so at once:
// who is not first finds that it was done.
func migrate(ctx context.Context, db *sql.DB) error {
	const tries = 20
	var err error
	for range tries {
		var done bool
		if done, err = migrateOnce(ctx, db); done || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// migrateOnce makes one step, and reports whether there is none left or no sense in
// going on.
func migrateOnce(ctx context.Context, db *sql.DB) (done bool, err error) {
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS taper_status_version (version BIGINT PRIMARY KEY)"); err != nil {
		return false, err
	}
	var version sql.NullInt64
	if err := db.QueryRowContext(ctx, "SELECT MAX(version) FROM taper_status_version").Scan(&version); err != nil {
		return false, err
	}
	switch v := version.Int64; {
	case v == int64(len(migrations)):
		return true, nil
	case v < 0 || v > int64(len(migrations)):
		return true, fmt.Errorf("the tables are of version %d, this program knows %d", v, len(migrations))
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	// The primary key lets one of several through.
	statements := append([]string{fmt.Sprintf("INSERT INTO taper_status_version (version) VALUES (%d)", version.Int64+1)},
		migrations[version.Int64]...)
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return false, errors.Join(err, tx.Rollback())
		}
	}
	return false, tx.Commit()
}
