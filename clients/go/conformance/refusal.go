package main

import (
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// errorDomain is what distinguishes Evertoken's reasons from those of a proxy in between.
const errorDomain = "evertoken.dev"

// A refusal is what a program decides by when a call failed. The message is for people and may change.
type refusal struct {
	code   string // as in the gRPC specification: NOT_FOUND
	reason string // an ErrorReason without its prefix: TOKEN_NOT_FOUND
}

// refusalOf reads what every error of Evertoken carries: a code and exactly one ErrorInfo.
func refusalOf(err error) (refusal, error) {
	failed, ok := status.FromError(err)
	if !ok {
		return refusal{}, err
	}
	var reasons []string
	for _, detail := range failed.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == errorDomain {
			reasons = append(reasons, info.GetReason())
		}
	}
	if len(reasons) != 1 {
		return refusal{}, fmt.Errorf("%d reasons of %s in: %w", len(reasons), errorDomain, err)
	}
	return refusal{code: code.Code(failed.Code()).String(), reason: reasons[0]}, nil
}

// refusedAs is for steps that must fail: their finding is the refusal.
func refusedAs(err error, want refusal) (findings, error) {
	if err == nil {
		return nil, fmt.Errorf("the call succeeded; %s (%s) was due", want.code, want.reason)
	}
	got, unreadable := refusalOf(err)
	if unreadable != nil {
		return nil, unreadable
	}
	if got != want {
		return nil, fmt.Errorf("%s (%s) was due: %w", want.code, want.reason, err)
	}
	return findings{"code": got.code, "reason": got.reason}, nil
}

// explained puts the reason before the message of a failed call.
func explained(err error) error {
	if got, unreadable := refusalOf(err); unreadable == nil {
		return fmt.Errorf("%s (%s): %w", got.code, got.reason, err)
	}
	return err
}
