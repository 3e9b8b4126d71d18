// Package witness keeps logs honest: a [Witness] remembers, for every log that it is
// told of, the largest checkpoint that it saw, and cosigns a new one only if it goes
// on from that (C2SP tlog-witness, cosignature/v1). So a log that shows two people two
// histories gets the cosignature for one of them alone.
//
// A witness is worth what its operator's independence is worth: run it elsewhere, by
// somebody else. What it remembers is on disk before it answers. A witness whose file
// is lost is a new witness, with a new key.
package witness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/audit"
)

// Bounds of a request: a proof of 63 hashes and a checkpoint.
const (
	maxProof   = 63
	maxRequest = 64<<10 + 128<<10
)

// ErrConfig is returned for a configuration that names no key or no log.
var ErrConfig = errors.New("witness: configuration")

// Config is what a witness is told once.
type Config struct {
	Key  string          // the signer key, as audit.NewWitnessKey makes it
	Logs []*audit.Policy // the logs to witness, one a policy; cosignatures are not asked for
	File string          // where it keeps what it saw
	Now  func() time.Time
}

// Witness cosigns checkpoints. It serves add-checkpoint over HTTP and is safe for
// concurrent use.
type Witness struct {
	key  string
	logs map[string]*audit.Policy
	now  func() time.Time

	mu   sync.Mutex
	file *state
}

// New returns the witness that goes on from its file.
func New(c Config) (*Witness, error) {
	w := &Witness{key: c.Key, logs: make(map[string]*audit.Policy), now: c.Now}
	if w.now == nil {
		w.now = time.Now
	}
	for _, p := range c.Logs {
		if p.Origin() == "" || w.logs[p.Origin()] != nil {
			return nil, fmt.Errorf("%w: a log without origin, or twice: %.80q", ErrConfig, p.Origin())
		}
		w.logs[p.Origin()] = p
	}
	if len(w.logs) == 0 || c.File == "" {
		return nil, fmt.Errorf("%w: no logs or no file", ErrConfig)
	}
	var err error
	if w.file, err = open(c.File, w.logs); err != nil {
		return nil, err
	}
	if _, err := audit.Cosign(c.Key, nil, time.Time{}); !errors.Is(err, audit.ErrCheckpoint) {
		return nil, errors.Join(fmt.Errorf("%w: key: %w", ErrConfig, err), w.file.close())
	}
	return w, nil
}

// Close gives the file back.
func (w *Witness) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file.close()
}

// Seen returns the size of the checkpoint of a log that was cosigned last.
func (w *Witness) Seen(origin string) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file.last(origin).Size()
}

// answer is what add-checkpoint says: a status, and a body.
type answer struct {
	status int
	body   string
}

func refuse(status int, format string, args ...any) answer {
	return answer{status, fmt.Sprintf(format, args...) + "\n"}
}

// ServeHTTP answers POST .../add-checkpoint.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/add-checkpoint") {
		http.NotFound(rw, r)
		return
	}
	if r.Method != http.MethodPost {
		rw.Header().Set("Allow", http.MethodPost)
		http.Error(rw, "want POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "request is too long, or was not sent whole", http.StatusBadRequest)
		return
	}
	a := w.add(body)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if a.status == http.StatusConflict {
		rw.Header().Set("Content-Type", "text/x.tlog.size")
	}
	rw.WriteHeader(a.status)
	_, _ = io.WriteString(rw, a.body)
}

// add judges one request, in the order of C2SP tlog-witness.
func (w *Witness) add(body []byte) answer {
	oldSize, proof, signed, err := parseRequest(body)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	origin, _, _ := bytes.Cut(signed, []byte("\n"))
	policy := w.logs[string(origin)]
	if policy == nil {
		return refuse(http.StatusNotFound, "unknown log")
	}
	head, err := audit.ParseCheckpoint(signed, policy)
	if err != nil {
		return refuse(http.StatusForbidden, "%v", err)
	}
	if oldSize > head.Size() {
		return refuse(http.StatusBadRequest, "old size %d is above %d", oldSize, head.Size())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cosign(oldSize, proof, head)
}

// cosign compares a checkpoint with the last one, keeps it, and signs it.
func (w *Witness) cosign(oldSize uint64, proof []audit.Hash, head *audit.Checkpoint) answer {
	last := w.file.last(head.Origin())
	if last.Size() != oldSize || last != nil && last.Size() == head.Size() && last.Root() != head.Root() {
		return answer{http.StatusConflict, strconv.FormatUint(last.Size(), 10) + "\n"}
	}
	if err := extends(last, head, proof); err != nil {
		return refuse(http.StatusUnprocessableEntity, "%v", err)
	}
	line, err := audit.Cosign(w.key, head, w.now())
	if err == nil {
		err = w.file.keep(head)
	}
	if err != nil {
		return refuse(http.StatusInternalServerError, "not cosigned")
	}
	return answer{http.StatusOK, string(line)}
}

// extends checks that a checkpoint goes on from the last one, nil where there is none.
func extends(last, head *audit.Checkpoint, proof []audit.Hash) error {
	if last == nil || last.Size() == 0 {
		if len(proof) > 0 {
			return errors.New("a proof from an empty log")
		}
		return nil
	}
	return audit.CheckConsistency(last.Size(), last.Root(), head.Size(), head.Root(), proof)
}

// parseRequest reads the body of add-checkpoint.
func parseRequest(body []byte) (oldSize uint64, proof []audit.Hash, signed []byte, err error) {
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) > 1+maxProof {
		return 0, nil, nil, fmt.Errorf("want an old size, at most %d hashes, an empty line and a checkpoint", maxProof)
	}
	text, ok := strings.CutPrefix(lines[0], "old ")
	oldSize, err = strconv.ParseUint(text, 10, 63)
	if !ok || err != nil || strconv.FormatUint(oldSize, 10) != text {
		return 0, nil, nil, fmt.Errorf("malformed old size line")
	}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != len(audit.Hash{}) || base64.StdEncoding.EncodeToString(raw) != line {
			return 0, nil, nil, fmt.Errorf("malformed hash")
		}
		proof = append(proof, audit.Hash(raw))
	}
	return oldSize, proof, signed, nil
}
