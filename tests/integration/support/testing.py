"""Runs unittest cases and writes the JUnit file that Bazel and tests/run_all read."""

import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class _JUnitResult(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = []
        self._started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def _add(self, test, kind=None, text=""):
        class_name, _, name = test.id().rpartition(".")
        case = ElementTree.Element("testcase", classname=class_name, name=name, time=f"{time.monotonic() - self._started:.3f}")
        if kind:
            ElementTree.SubElement(case, kind).text = text
        self.cases.append(case)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._add(test, "error", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)


def main():
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    # Names of classes or methods may be given, to run only these by hand.
    suite = loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=_JUnitResult, verbosity=2).run(suite)
    path = os.environ.get("XML_OUTPUT_FILE")
    if path:
        root = ElementTree.Element("testsuite", name=os.path.basename(sys.argv[0]), tests=str(result.testsRun))
        root.extend(result.cases)
        ElementTree.ElementTree(root).write(path)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
