package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/durable"
)

// state is what a witness saw, on disk: a JSON object of origins and signed
// checkpoints, written beside its place and then into it.
type state struct {
	path  string
	heads map[string]*audit.Checkpoint
	lock  *os.File
}

// ErrLocked is returned for a file that another process has.
var ErrLocked = errors.New("witness: in use")

// open reads the file, if there is one, and takes it for this process. Every
// checkpoint in it has to be signed by its log still.
func open(path string, logs map[string]*audit.Policy) (*state, error) {
	lockFile, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if err := durable.Lock(lockFile); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrLocked, path, err), lockFile.Close())
	}
	s := &state{path: path, heads: make(map[string]*audit.Checkpoint), lock: lockFile}
	if err := s.read(logs); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *state) close() error { return s.lock.Close() }

func (s *state) read(logs map[string]*audit.Policy) error {
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	var notes map[string]string
	if err := json.Unmarshal(data, &notes); err != nil {
		return fmt.Errorf("witness: %s: %w", s.path, err)
	}
	for origin, signed := range notes {
		policy := logs[origin]
		if policy == nil {
			return fmt.Errorf("%w: %s has the log %.80q, which is not configured; its history would be forgotten", ErrConfig, s.path, origin)
		}
		head, err := audit.ParseCheckpoint([]byte(signed), policy)
		if err != nil || head.Origin() != origin {
			return fmt.Errorf("witness: %s: log %.80q: %w", s.path, origin, err)
		}
		s.heads[origin] = head
	}
	return nil
}

// last returns the checkpoint of a log that was cosigned last, nil for none.
func (s *state) last(origin string) *audit.Checkpoint { return s.heads[origin] }

// keep makes a checkpoint the last one. When it returns nil that survives a crash.
func (s *state) keep(head *audit.Checkpoint) error {
	notes := map[string]string{head.Origin(): string(head.Bytes())}
	for origin, h := range s.heads {
		if origin != head.Origin() {
			notes[origin] = string(h.Bytes())
		}
	}
	data, err := json.MarshalIndent(notes, "", "\t")
	if err != nil {
		return err
	}
	if err := durable.Replace(s.path, data); err != nil {
		return err
	}
	s.heads[head.Origin()] = head
	return nil
}
