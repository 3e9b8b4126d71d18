package tiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/tilepath"
)

// Dir reads a log from a folder. It is an audit.Reader. Links that lead out of the
// folder are not followed.
type Dir struct{ root *os.Root }

// OpenDir returns the reader of the log in a folder, such as Export and Tessera's
// POSIX storage write.
func OpenDir(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	return &Dir{root}, nil
}

// Close gives the folder back.
func (d *Dir) Close() error { return d.root.Close() }

// ReadCheckpoint returns the checkpoint in the folder.
func (d *Dir) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	return d.read(ctx, tilepath.Checkpoint, maxCheckpoint)
}

// ReadTile returns a tile.
func (d *Dir) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	return d.place(ctx, tilepath.Place{Level: level, Index: index, Partial: p})
}

// ReadEntryBundle returns a bundle of leaves.
func (d *Dir) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	return d.place(ctx, tilepath.Place{Entries: true, Index: index, Partial: p})
}

func (d *Dir) place(ctx context.Context, p tilepath.Place) ([]byte, error) {
	return d.read(ctx, p.String(), limit(p))
}

func (d *Dir) read(ctx context.Context, name string, most int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := d.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	if int64(len(data)) > most {
		return nil, tooLong(name, most)
	}
	return data, nil
}

// Export writes what a log has published into a folder, for an auditor to take away.
// The log is not judged but for its checkpoint, whose size says what there is to
// write: its signature has to meet the policy. Files that are there stay; the
// checkpoint is written last, so what is in the folder is always a whole log.
func Export(ctx context.Context, log audit.Reader, policy *audit.Policy, folder string) (*audit.Checkpoint, error) {
	signed, err := log.ReadCheckpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("tiles: checkpoint: %w", err)
	}
	head, err := audit.ParseCheckpoint(signed, policy)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("tiles: %w", err)
	}
	defer func() { _ = root.Close() }()
	for p := range tilepath.All(head.Size()) {
		if err := export(ctx, log, root, p); err != nil {
			return nil, err
		}
	}
	if err := write(root, tilepath.Checkpoint, signed); err != nil {
		return nil, err
	}
	return head, nil
}

func export(ctx context.Context, log audit.Reader, root *os.Root, p tilepath.Place) error {
	name := p.String()
	if _, err := root.Stat(name); err == nil {
		return nil
	}
	data, err := readPlace(ctx, log, name)
	if err != nil {
		return fmt.Errorf("tiles: %s: %w", name, err)
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	return write(root, name, data)
}

// write writes a file beside its place and then into it, so that nobody reads half
// of one.
func write(root *os.Root, name string, data []byte) error {
	temp := name + ".new"
	err := root.WriteFile(temp, data, 0o644)
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("tiles: %w", err), ignoreMissing(root.Remove(temp)))
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readPlace reads what a path names.
func readPlace(ctx context.Context, log audit.Reader, name string) ([]byte, error) {
	p, ok := tilepath.Parse(name)
	if !ok {
		return nil, fmt.Errorf("%w: no path of a log", fs.ErrNotExist)
	}
	if p.Entries {
		return log.ReadEntryBundle(ctx, p.Index, p.Partial)
	}
	return log.ReadTile(ctx, p.Level, p.Index, p.Partial)
}
