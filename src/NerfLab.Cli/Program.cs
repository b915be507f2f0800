Console.WriteLine("nerflab");
