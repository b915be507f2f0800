"""Every test of jupyter_kernel_test, on the installed kernel whose name is the first argument."""
import sys
import unittest

import jupyter_kernel_test


class NerfLabKernel(jupyter_kernel_test.KernelTests):
    kernel_name = sys.argv[1]
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oh no");'
    completion_samples = [
        {"text": "Console.WriteL", "matches": ["WriteLine"]},
        {"text": "Math.Sq", "matches": ["Sqrt"]},
    ]
    complete_code_samples = ["var a = 1;", "1 + 1", "void F() { }", "#r \"System.Xml\"\nusing System.Xml;"]
    incomplete_code_samples = ["void F() {", "foreach (var i in new[] { 1 })\n{", "var s = \"\"\"", "1 +"]
    invalid_code_samples = ["var 1a = ;", "}"]
    code_page_something = 'page("a long text");'
    code_generate_error = 'throw new InvalidOperationException("wrong");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "\"text\"", "result": "text"},
        {"code": "6 * 8", "result": "48"},
        {"code": "6 * 7 + 1", "result": "43"},
    ]
    code_display_data = [{"code": "display(new[] { 1, 2 });", "mime": "text/plain"}]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "clear();"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
