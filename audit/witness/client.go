package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/taperid/taper/audit"
)

// ErrRefused is returned for a checkpoint that a witness did not cosign.
var ErrRefused = errors.New("witness: refused")

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// Client asks a witness over HTTP. It is an audit.Witness.
type Client struct {
	url    string
	client *http.Client
}

// NewClient returns the client of the witness with this submission prefix, an https or
// http URL. A nil client is the default one; redirects are not followed. Time is
// bounded by the context and by the client's timeout.
func NewClient(prefix string, client *http.Client) (*Client, error) {
	u, err := url.Parse(prefix)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: URL %.120q", ErrConfig, prefix)
	}
	if client == nil {
		client = http.DefaultClient
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{strings.TrimSuffix(prefix, "/") + "/add-checkpoint", &own}, nil
}

// AddCheckpoint asks for a cosignature. Whether what comes back is one, whoever knows
// the witness's key has to see: audit.ParseCheckpoint.
func (c *Client) AddCheckpoint(ctx context.Context, oldSize uint64, proof []audit.Hash, signed []byte) ([]byte, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", oldSize)
	for _, h := range proof {
		body.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	body.WriteByte('\n')
	body.Write(signed)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, &body)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", ErrRefused, maxAnswer)
	}
	return c.judge(resp, answer)
}

func (c *Client) judge(resp *http.Response, answer []byte) ([]byte, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusConflict:
		text := strings.TrimSuffix(string(answer), "\n")
		if size, err := strconv.ParseUint(text, 10, 63); err == nil && resp.Header.Get("Content-Type") == "text/x.tlog.size" {
			return nil, fmt.Errorf("%w: %w", ErrRefused, &audit.WitnessSizeError{Size: size})
		}
	}
	return nil, fmt.Errorf("%w: %s: status %d: %.200q", ErrRefused, c.url, resp.StatusCode, answer)
}
