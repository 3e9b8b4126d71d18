package tesseralog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/audit"
)

// POSIXOptions are the choices there are about a log on a local disk. The zero value
// publishes every second and batches for a tenth of one.
type POSIXOptions struct {
	CheckpointInterval time.Duration // between checkpoints; 0: 1 s
	BatchMaxAge        time.Duration // how long an entry waits for others; 0: 100 ms
	BatchMaxSize       uint          // entries a batch; 0: 256

	// Policy is the text of a C2SP tlog-policy with the witnesses, their URLs and the
	// quorum that a checkpoint needs before it is published. It has to name the log.
	// Empty: no witnesses.
	Policy []byte
	// WitnessTimeout bounds how long a checkpoint waits for them; 0: 10 s. A
	// checkpoint that lacks its quorum then is not published.
	WitnessTimeout time.Duration
	// Client asks the witnesses; nil: the default one.
	Client *http.Client
}

// OpenPOSIX opens the log in a folder, or begins one, whose checkpoints this key, made
// by audit.NewLogKey, signs. The log belongs to one process at a time. The function
// that it returns ends the log when what was appended is published; it has to be
// called.
func OpenPOSIX(ctx context.Context, folder, skey string, o POSIXOptions) (*Log, func(context.Context) error, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: key: %w", ErrConfig, err)
	}
	policy, err := o.policy(skey)
	if err != nil {
		return nil, nil, err
	}
	opts, err := o.appendOptions(signer)
	if err != nil {
		return nil, nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder, HTTPClient: o.Client})
	if err != nil {
		return nil, nil, fmt.Errorf("tesseralog: %w", err)
	}
	// Tessera's own goroutines end with this context and not with its shutdown.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	appender, shutdown, reader, err := tessera.NewAppender(running, driver, opts)
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("tesseralog: %w", err)
	}
	end := func(ctx context.Context) error {
		defer stop()
		return shutdown(ctx)
	}
	l, err := New(appender.Add, reader, policy)
	if err != nil {
		return nil, nil, errors.Join(err, end(ctx))
	}
	return l, end, nil
}

// policy returns the policy that the log's own checkpoints have to meet.
func (o *POSIXOptions) policy(skey string) (*audit.Policy, error) {
	vkey, err := audit.VerifierKey(skey)
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(vkey, "+")
	if len(o.Policy) == 0 {
		return audit.NewPolicy(name, vkey)
	}
	policy, err := audit.ParsePolicy(o.Policy)
	if err == nil && policy.Origin() != name {
		err = fmt.Errorf("%w: the policy is that of %q, the key that of %q", ErrConfig, policy.Origin(), name)
	}
	return policy, err
}

func (o *POSIXOptions) appendOptions(signer note.Signer) (*tessera.AppendOptions, error) {
	opts := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(or(o.CheckpointInterval, time.Second)).
		WithBatching(or(o.BatchMaxSize, 256), or(o.BatchMaxAge, 100*time.Millisecond))
	if len(o.Policy) == 0 {
		return opts, nil
	}
	witnesses, err := tessera.NewWitnessGroupFromPolicy(o.Policy)
	if err != nil {
		return nil, fmt.Errorf("%w: policy: %w", ErrConfig, err)
	}
	// FailOpen is false: what lacks its quorum is not published.
	return opts.WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: or(o.WitnessTimeout, 10*time.Second)}), nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
