package statushttp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	heartbeat = 15 * time.Second // of a Handler
	silence   = 3 * heartbeat    // after which a Fetcher connects again

	eventList = "list" // the event whose data is a list
)

// Listen takes the lists that a Handler pushes from url, which is of a configured
// origin, and hands each to FetcherConfig.Offer. When a connection ends it connects
// again, waiting longer after each failure, and asks for all lists that it keeps,
// since pushes may have been lost meanwhile. It returns when ctx ends, or at once
// where it is not configured to listen there.
//
// A pushed list is believed for its signature alone; one that Offer refuses is
// dropped.
func (f *Fetcher) Listen(ctx context.Context, url string) error {
	if f.config.Offer == nil {
		return fmt.Errorf("%w: Listen without Offer", ErrConfig)
	}
	if err := f.allowed(url); err != nil {
		return err
	}
	for failed := 0; ; failed++ {
		began := f.config.Now()
		_ = f.listenOnce(ctx, url) // it ended; why makes no difference
		if f.config.Now().Sub(began) > silence {
			failed = 0
		}
		wait := time.NewTimer(jitter(min(firstWait<<min(failed, 16), f.config.Refresh)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

// listenOnce takes events from one connection until it ends, or is silent.
func (f *Fetcher) listenOnce(ctx context.Context, url string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silence, func() { cancel(fmt.Errorf("%w: silence", ErrFetch)) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing more is wanted of it
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return fmt.Errorf("%w: %.120q answers %d", ErrFetch, url, resp.StatusCode)
	}
	go func() { _ = f.Refresh(ctx) }() // what was pushed before
	return readEvents(resp.Body, func() { watch.Reset(silence) }, func(list []byte) {
		_ = f.config.Offer(ctx, list)
	})
}

// maxEvent bounds an event: a list, and what goes around its lines.
const maxEvent = maxList + maxList/8

// readEvents reads server-sent events (HTML section 9.2) and hands on those of a
// list. alive is called for every line.
func readEvents(r io.Reader, alive func(), take func(list []byte)) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	var name string
	var data []byte
	for {
		line, err := readLine(lines, maxEvent)
		if err != nil {
			return err
		}
		alive()
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if name == eventList && len(data) > 0 {
				take(bytes.TrimSuffix(data, []byte("\n")))
			}
			name, data = "", nil
		case field == "event":
			name = value
		case field == "data":
			if data = append(append(data, value...), '\n'); len(data) > maxEvent {
				return fmt.Errorf("%w: an event of more than %d bytes", ErrFetch, maxEvent)
			}
		}
	}
}

// readLine reads a line of at most max bytes, without its end.
func readLine(r *bufio.Reader, max int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > max {
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrFetch, max)
		}
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
}
